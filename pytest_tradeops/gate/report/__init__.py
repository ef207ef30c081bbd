"""One report, five renderings. Renderers are pure: a `Report` in, text out."""

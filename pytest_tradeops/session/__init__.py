"""A pytest session with checks in it: collection, twins, reports from workers, the controller's end."""

"""What Binance's faces share: parameters, signatures, error codes, numbers, listen keys."""

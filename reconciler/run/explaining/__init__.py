"""Documents in words. Import from `explanation`; `sentences` has words that others use too."""

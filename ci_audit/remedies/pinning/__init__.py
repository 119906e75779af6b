"""Moving references made firm: the same text at every provider, so that one module spells each for all of them."""

"""How notifications decides: words, channels, quiet hours, tries. Pure: no clock, no database."""

"""Documents for paper and archives: PDF/A-3 set by typst, with fonts that come along and nothing from any network."""

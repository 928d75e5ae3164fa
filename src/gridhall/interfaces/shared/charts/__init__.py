"""Charts for customers, drawn as SVG without any script. Each stands beside a table with the same figures."""

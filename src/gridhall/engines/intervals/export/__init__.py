"""Reads on their way out to customers: streamed as CSV or Green Button, or written as a workbook; memory stays flat."""

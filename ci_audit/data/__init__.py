"""Dated data: each JSON file is what people edit, the module beside it what a scan loads."""

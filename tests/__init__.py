"""Tests across the whole house."""

"""Tests of the DNS source."""

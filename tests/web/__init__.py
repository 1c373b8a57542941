"""Tests of the web source."""

"""Networking: can what is declared be reached, over trusted connections?"""

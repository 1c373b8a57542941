"""Compute: do the workloads run, and will they survive production load?"""

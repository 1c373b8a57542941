"""DNS: does every name lead where it must, in every view?"""

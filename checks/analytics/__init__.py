"""Analytics: do logs and alerts of the site arrive, can they be asked, and will somebody be told?"""

"""Made-up people with their addresses, what a hub hears of them in three years, and the truth that no hub knows."""

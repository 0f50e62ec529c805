"""The wire to DNS: questions with a deadline, answers kept for as long as they say."""

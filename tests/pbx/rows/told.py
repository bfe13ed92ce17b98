"""What the API tells where 101 (Eva) hands a client on to 103 (James)."""

EVA = ("101", "answered")
JANA = ("103", "transfer")
AGAIN = ("101", "transfer")
ATTENDED = ("attended", "101", "103", False)
BLIND = ("blind", "101", "103", False)
HOLD, OFF = "Eva Malá puts the call on hold", "Eva Malá takes the call off hold"
ASKS = "Eva Malá asks James Carter while the client waits"
SPEAKS = "Eva Malá speaks to James Carter and transfers"
BACK = "James Carter did not answer; back to Eva Malá"

"""ServiceNow: incidents by the Table API and the Import Set API, with its rules, policies and silences."""

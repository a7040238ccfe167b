// @apollo/gateway reports to Apollo, and asks the machine's cloud who it is, unless this stands in the environment when it
// is imported. Nothing about the use of patients' records leaves this system, so there is no way to switch it on.
process.env.APOLLO_TELEMETRY_DISABLED = 'true';

namespace EhrLedger.Tests.Cli.Importing;

/// <summary>Small Bundles, known by their id.</summary>
internal static class Bundles
{
    /// <summary>A patient's Bundle, which would make a second patient if it were sent twice.</summary>
    public static string OfPatient(string id) => Of(id, "transaction", ("Observation", """{"method":"POST","url":"Observation"}"""), ("Patient", """{"method":"POST","url":"Patient"}"""));

    /// <summary>A Bundle of no patient that can be sent twice.</summary>
    public static string OfDirectory(string id, string type = "transaction") => Of(id, type, ("Organization", """{"method":"POST","url":"Organization","ifNoneExist":"identifier=a|b"}"""));

    public static string Of(string id, string type, params (string Type, string Request)[] entries) =>
        $$"""{"resourceType":"Bundle","id":"{{id}}","type":"{{type}}","entry":[{{string.Join(',', entries.Select(entry => $$"""{"resource":{"resourceType":"{{entry.Type}}"},"request":{{entry.Request}}}"""))}}]}""";
}

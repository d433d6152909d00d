using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;

namespace EhrLedger.Node.Fhir;

/// <summary>What a writer wants back (FHIR R4 §3.1.0.1.6, <c>Prefer: return=…</c>).</summary>
internal enum Preference
{
    /// <summary>The resource as it stands now. Also where the client does not say, or says what is not known.</summary>
    Representation,

    /// <summary>Headers only.</summary>
    Minimal,

    /// <summary>An OperationOutcome.</summary>
    OperationOutcome,
}

/// <summary>Reads and serves a preference.</summary>
internal static class Preferences
{
    private const string Done = "Done.";

    public static Preference Of(HttpRequest request) => Find(request) ?? Preference.Representation;

    /// <summary>Null where the client does not say.</summary>
    public static Preference? Find(HttpRequest request)
    {
        foreach (var token in request.Headers["Prefer"].SelectMany(value => (value ?? "").Split([',', ';'], StringSplitOptions.TrimEntries)))
        {
            var parts = token.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is [var name, var value] && name.Equals("return", StringComparison.OrdinalIgnoreCase))
            {
                return value.Trim('"').ToUpperInvariant() switch
                {
                    "MINIMAL" => Preference.Minimal,
                    "REPRESENTATION" => Preference.Representation,
                    "OPERATIONOUTCOME" => Preference.OperationOutcome,
                    _ => null,
                };
            }
        }

        return null;
    }

    /// <summary>The body of an answer to a write that went through.</summary>
    /// <param name="preference">What the client wants.</param>
    /// <param name="json">The resource as it stands now.</param>
    public static ReadOnlyMemory<byte> BodyOf(this Preference preference, ReadOnlyMemory<byte> json) => preference switch
    {
        Preference.Representation => json,
        Preference.Minimal => default,
        Preference.OperationOutcome => FhirJson.Write(Outcome.Information(Done)),
    };

    /// <summary>Whether there was something to delete, or not: one answer.</summary>
    public static FhirAnswer Deleted(this Preference preference) => preference switch
    {
        Preference.OperationOutcome => FhirAnswer.Of(StatusCodes.Status200OK, Outcome.Information(Done)),
        Preference.Representation or Preference.Minimal => FhirAnswer.Empty(StatusCodes.Status204NoContent),
    };
}

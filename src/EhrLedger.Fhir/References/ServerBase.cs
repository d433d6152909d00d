namespace EhrLedger.Fhir.References;

/// <summary>The URL under which a node answers FHIR, without a slash at its end. A reference that starts with it means the same as its relative form.</summary>
public sealed class ServerBase
{
    /// <param name="url">Absolute http or https URL.</param>
    public ServerBase(string url)
    {
        ArgumentException.ThrowIfNullOrEmpty(url);
        Url = url.TrimEnd('/');
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException("Not an absolute http or https URL.", nameof(url));
        }
    }

    /// <summary>Without a slash at its end.</summary>
    public string Url { get; }

    /// <summary>Whether a reference's base is this server; a relative reference's always is.</summary>
    public bool Owns(FhirReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Base is null || string.Equals(reference.Base, Url, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The one text under which a reference is compared and indexed: <c>Type/id</c> for this server's, the URL without version for another's.</summary>
    /// <returns>The text itself where it is no literal reference.</returns>
    public string Normalise(string reference) => FhirReference.Parse(reference) is not { } parsed
        ? reference
        : Owns(parsed) ? parsed.Relative : $"{parsed.Base}/{parsed.Relative}";

    /// <summary>The URL.</summary>
    public override string ToString() => Url;
}

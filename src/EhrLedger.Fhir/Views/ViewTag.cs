using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views;

/// <summary>What a node makes of what it knows, instead of storing it: the tag that tells it from what was stored, and how it names organisations.</summary>
public static class ViewTag
{
    /// <summary>Code of the tag, of <see cref="GranteeView.TagSystem"/>.</summary>
    public const string View = "view";

    /// <summary>Meta of a view.</summary>
    /// <param name="lastUpdated">When it came to be so.</param>
    /// <param name="profiles">That it keeps; none where something is not known that they ask for.</param>
    public static Meta Meta(DateTimeOffset lastUpdated, params IEnumerable<string> profiles) => new()
    {
        LastUpdated = lastUpdated,
        Profile = [.. profiles],
        Tag = [new Coding(GranteeView.TagSystem, View)],
    };

    /// <summary>An organisation by its did:key.</summary>
    /// <param name="did">As it is written.</param>
    public static ResourceReference Organisation(string did) => new() { Type = "Organization", Identifier = new Identifier("urn:ietf:rfc:3986", did) };
}

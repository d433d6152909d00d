using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Access;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>Something about one subject that is about to leave this author's process.</summary>
/// <param name="Link">Whose.</param>
/// <param name="Level">How much.</param>
/// <param name="Records">What is shown or counted.</param>
/// <param name="Asking">Who asks, what for, and what.</param>
internal sealed record AuthoredRead(SubjectLink Link, ReadLevel Level, IReadOnlyList<RecordVersion> Records, Asking Asking);

/// <summary>Who asks, as the caller's system says, and what for.</summary>
/// <param name="Purpose">HL7 v3 PurposeOfUse.</param>
/// <param name="Person">The acting person; at most 200 bytes.</param>
/// <param name="Role">At most 100 bytes.</param>
/// <param name="QueryDigest">Salted hash of the request.</param>
internal sealed record Asking(PurposeOfUse Purpose, string Person, string Role, Digest QueryDigest)
{
    /// <summary>What is asked, in the caller's words; null where there are none.</summary>
    public Question? Question { get; init; }

    /// <summary>The same caller, asking this.</summary>
    public Asking Asks(Question question) => this with { QueryDigest = question.Digest, Question = question with { Client = Client } };

    /// <summary>The registered client that asks; empty for the node itself.</summary>
    public string Client { get; init; } = "";

    /// <summary>The same caller, as whoever has sent a version.</summary>
    public WrittenBy Writer => new(Client, Person, Role, Purpose.Code);

    /// <summary>What the client's token lets it do.</summary>
    public FhirAccess Access { get; init; } = FhirAccess.Nothing;

    /// <summary>What the present question needs of it: every resource that is shown or changed must be within this.</summary>
    public Interactions Needs { get; init; } = Interactions.Read | Interactions.Search;

    /// <summary>The same caller, looking for something on the way.</summary>
    public Asking Searching => this with { Needs = Interactions.Search };
}

using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>A version that is to be written, classified and in its final bytes except for what only the store knows.</summary>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Id">FHIR logical id.</param>
/// <param name="PatientId">FHIR logical id of the patient whose it is; null for the directory.</param>
/// <param name="Category">What it falls under; ignored for the directory.</param>
/// <param name="Deleted">True for a delete.</param>
/// <param name="Tokens">Search tokens; empty for a delete.</param>
/// <param name="Render">FHIR JSON for a version number and time. Called once, under the resource's lock.</param>
internal sealed record WriteIntent(
    string Type, string Id, string? PatientId, Category Category, bool Deleted, IReadOnlyCollection<string> Tokens, Func<uint, DateTimeOffset, ReadOnlyMemory<byte>> Render)
{
    /// <summary>True for the Patient resource itself: its tokens are what the patient is found by.</summary>
    public bool IsPatient => Type == "Patient";

    /// <summary>The version that must be the newest (If-Match); null where any will do.</summary>
    public uint? IfVersion { get; init; }

    /// <summary>True where there must be no such resource: none ever, or one that was deleted.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>Why it must not be written, whoever may write; null for what may.</summary>
    public WriteRefusal? Refusal { get; init; }

    /// <summary>Written in the same transaction, under the resource's key: it stands if and only if the version does. Null for nothing.</summary>
    public Action<SqliteSession, byte[]>? With { get; init; }
}

/// <summary>What a write came to.</summary>
internal abstract record WriteOutcome
{
    private WriteOutcome()
    {
    }

    /// <summary>All of it is durable, here and where it is deposited.</summary>
    /// <param name="Versions">One for each intent, in their order: the version number, and whether the resource is new.</param>
    /// <param name="At">meta.lastUpdated of all.</param>
    public sealed record Written(IReadOnlyList<(uint Version, bool Created)> Versions, DateTimeOffset At) : WriteOutcome;

    /// <summary>Nothing was written.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Intent">Because of which intent.</param>
    /// <param name="Found">Resources of the intents that are there: the refusal tells of them.</param>
    public sealed record Refused(WriteRefusal Reason, int Intent, IReadOnlyList<StoredResource> Found) : WriteOutcome;
}

/// <summary>Why nothing was written.</summary>
internal enum WriteRefusal
{
    /// <summary>The resource is not at the version that it must be.</summary>
    OtherVersion,

    /// <summary>There is such a resource, and must be none.</summary>
    AlreadyThere,

    /// <summary>The resource is another patient's, or none's, and stays so.</summary>
    OtherOwner,

    /// <summary>The patient is not known here.</summary>
    UnknownPatient,

    /// <summary>It is a request that the patient's wallet has been sent, and would ask for something else.</summary>
    AskedAlready,
}

using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>A version that is sealed and waits for its group commit.</summary>
/// <param name="ResourceKey">Keyed type and id.</param>
/// <param name="Record">Its id and version; a resource of the directory has them too.</param>
/// <param name="PatientRow">0 for the directory.</param>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Id">FHIR logical id.</param>
/// <param name="LastUpdated">Unix milliseconds.</param>
/// <param name="Deleted">True for the version that a delete makes.</param>
/// <param name="Link">The subject; null for the directory.</param>
/// <param name="Sealed">Null for the directory.</param>
/// <param name="DirectoryContent">The sealed column of a resource of the directory; empty otherwise.</param>
/// <param name="Tokens">Of the author's own index, 16 bytes each.</param>
/// <param name="GranteeTokens">Of the grantees' index; empty for provisional subjects.</param>
internal sealed record AuthoredVersion(
    byte[] ResourceKey,
    RecordVersion Record,
    long PatientRow,
    string Type,
    string Id,
    ulong LastUpdated,
    bool Deleted,
    SubjectLink? Link,
    SealedRecord? Sealed,
    ReadOnlyMemory<byte> DirectoryContent,
    IReadOnlyList<byte[]> Tokens,
    IReadOnlyList<Token> GranteeTokens)
{
    /// <summary>Who sent it; null for a version that is sealed anew, whose sender is known already.</summary>
    public WrittenBy? By { get; init; }

    /// <summary>Row of the resource, for a version that stands already and is only sealed anew; null for a new version.</summary>
    public long? Resealed { get; init; }
}

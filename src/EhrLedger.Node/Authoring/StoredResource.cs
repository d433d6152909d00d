using EhrLedger.Consent.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>A resource as the tables know it, unopened.</summary>
/// <param name="RowId">Row in resources.</param>
/// <param name="Record">Its record id.</param>
/// <param name="PatientRow">0 for the directory.</param>
/// <param name="CurrentVersion">Number of the newest version.</param>
/// <param name="Deleted">Whether that is a delete.</param>
internal sealed record StoredResource(long RowId, RecordId Record, long PatientRow, uint CurrentVersion, bool Deleted);

/// <summary>A version, opened.</summary>
/// <param name="Resource">Whose.</param>
/// <param name="Version">Its number.</param>
/// <param name="Content">What it holds.</param>
/// <param name="Link">Its subject; null for a resource of the directory.</param>
internal sealed record OpenedVersion(StoredResource Resource, uint Version, OpenedContent Content, SubjectLink? Link)
{
    public RecordVersion Record => new(Resource.Record, Version);

    /// <inheritdoc cref="OpenedContent.Type"/>
    public string Type => Content.Type;

    /// <inheritdoc cref="OpenedContent.Id"/>
    public string Id => Content.Id;

    /// <inheritdoc cref="OpenedContent.LastUpdated"/>
    public DateTimeOffset LastUpdated => Content.LastUpdated;

    /// <inheritdoc cref="OpenedContent.Deleted"/>
    public bool Deleted => Content.Deleted;

    /// <inheritdoc cref="OpenedContent.Erased"/>
    public bool Erased => Content.Erased;

    /// <inheritdoc cref="OpenedContent.Json"/>
    public ReadOnlyMemory<byte> Json => Content.Json;
}

/// <summary>A version as its entry in the table says; its content is sealed still.</summary>
/// <param name="Resource">Whose.</param>
/// <param name="Version">Its number.</param>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Id">FHIR logical id.</param>
/// <param name="LastUpdated">As in its meta.</param>
/// <param name="Deleted">True for the version that a delete made.</param>
/// <param name="Creates">True where there was no such resource just before.</param>
internal sealed record VersionOutline(StoredResource Resource, uint Version, string Type, string Id, DateTimeOffset LastUpdated, bool Deleted, bool Creates);

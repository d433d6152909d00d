using EhrLedger.Consent.Subjects;

namespace EhrLedger.Node.Authoring;

/// <summary>What a sealed version holds, opened. It never changes, and is shared by whoever looks at the version.</summary>
/// <param name="type">FHIR resource type.</param>
/// <param name="id">FHIR logical id.</param>
/// <param name="lastUpdated">As in its meta.</param>
/// <param name="deleted">True for the version that a delete made: it has no content.</param>
/// <param name="subject">Of its header; null for a resource of the directory.</param>
/// <param name="json">FHIR JSON.</param>
internal sealed class OpenedContent(string type, string id, DateTimeOffset lastUpdated, bool deleted, SubjectId? subject, ReadOnlyMemory<byte> json)
{
    private object? _reading;

    public string Type => type;

    public string Id => id;

    public DateTimeOffset LastUpdated => lastUpdated;

    public bool Deleted => deleted;

    /// <summary>Whether the patient has had it erased. It counts as deleted.</summary>
    public bool Erased { get; init; }

    public SubjectId? Subject => subject;

    public ReadOnlyMemory<byte> Json => json;

    /// <summary>What is made of the JSON, made once and kept with it. All callers make the same, and none changes it.</summary>
    public T? ReadAs<T>(Func<OpenedContent, T?> read)
        where T : class => (T?)(_reading ??= read(this));
}

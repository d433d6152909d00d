using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Patch;

/// <summary>What came of a patch.</summary>
public abstract record PatchResult
{
    private PatchResult()
    {
    }

    /// <summary>A valid resource of the same type and id.</summary>
    public sealed record Patched(Resource Resource) : PatchResult;

    /// <summary>It does not fit the resource, or what it would make is none of R4's: at least one issue.</summary>
    public sealed record Refused(IReadOnlyList<OperationOutcome.IssueComponent> Issues) : PatchResult;

    /// <summary>One of the two.</summary>
    public T Match<T>(Func<Resource, T> patched, Func<IReadOnlyList<OperationOutcome.IssueComponent>, T> refused)
    {
        ArgumentNullException.ThrowIfNull(patched);
        ArgumentNullException.ThrowIfNull(refused);
        return this switch
        {
            Patched p => patched(p.Resource),
            Refused r => refused(r.Issues),
            _ => throw new InvalidOperationException("PatchResult is closed."),
        };
    }
}

using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Json;

/// <summary>What <see cref="FhirJson.Parse"/> made of bytes from outside: a resource that passed every structural check, or the reasons against it.</summary>
public abstract record ParsedResource
{
    private ParsedResource()
    {
    }

    /// <summary>The bytes are one valid R4 resource; nothing in them was dropped or guessed.</summary>
    public sealed record Accepted(Resource Resource) : ParsedResource;

    /// <summary>The bytes are no valid R4 resource: at least one issue, at most <see cref="FhirJson.MaxIssues"/>.</summary>
    public sealed record Refused(IReadOnlyList<OperationOutcome.IssueComponent> Issues) : ParsedResource;

    /// <summary>One of the two.</summary>
    public T Match<T>(Func<Resource, T> accepted, Func<IReadOnlyList<OperationOutcome.IssueComponent>, T> refused)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        ArgumentNullException.ThrowIfNull(refused);
        return this switch
        {
            Accepted a => accepted(a.Resource),
            Refused r => refused(r.Issues),
            _ => throw new InvalidOperationException("ParsedResource is closed."),
        };
    }
}

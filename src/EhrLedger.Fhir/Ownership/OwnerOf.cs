using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Ownership;

/// <summary>Whose resource it is. The set is closed.</summary>
public abstract record OwnerOf
{
    private OwnerOf()
    {
    }

    /// <summary>A Patient: it owns itself.</summary>
    public sealed record Itself : OwnerOf;

    /// <summary>One patient.</summary>
    /// <param name="Reference">
    /// <c>Patient/1</c>, the absolute URL of another server's patient, or a conditional reference as written; never with a version.
    /// </param>
    public sealed record Patient(string Reference) : OwnerOf;

    /// <summary>Nobody: it goes to the node's directory.</summary>
    public sealed record Directory : OwnerOf;

    /// <summary>The table cannot give it to one patient: 422.</summary>
    /// <param name="Issue">Names the element, never the patient.</param>
    public sealed record Refused(OperationOutcome.IssueComponent Issue) : OwnerOf
    {
        /// <summary>Whether no patient is named by any element, so that <see cref="RecordTag"/> may say whose it is. Never where two are named.</summary>
        public bool NamesNobody { get; init; }
    }

    /// <summary>One of the four.</summary>
    public T Match<T>(Func<T> itself, Func<string, T> patient, Func<T> directory, Func<OperationOutcome.IssueComponent, T> refused)
    {
        ArgumentNullException.ThrowIfNull(itself);
        ArgumentNullException.ThrowIfNull(patient);
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(refused);
        return this switch
        {
            Itself => itself(),
            Patient p => patient(p.Reference),
            Directory => directory(),
            Refused r => refused(r.Issue),
            _ => throw new InvalidOperationException("OwnerOf is closed."),
        };
    }
}

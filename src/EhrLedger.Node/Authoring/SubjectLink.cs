using EhrLedger.Consent.Subjects;

namespace EhrLedger.Node.Authoring;

/// <summary>One subject of one patient, as this author knows it.</summary>
internal sealed class SubjectLink(Category category, SubjectId subject, uint epoch, bool provisional, long patientId)
{
    private volatile uint _epoch = epoch;

    public Category Category => category;

    public SubjectId Subject => subject;

    /// <summary>True while the author itself holds the seed: nobody else can read, and there is no index for grantees.</summary>
    public bool Provisional => provisional;

    public long PatientId => patientId;

    /// <summary>What records are sealed under from now on.</summary>
    public uint Epoch
    {
        get => _epoch;
        set => _epoch = value;
    }

    /// <summary>Number that the next write row gets. Only <see cref="AuthorLog"/> touches it.</summary>
    public ulong NextWrite { get; set; }

    /// <summary>Number that the next read row gets. Only <see cref="AuthorLog"/> touches it.</summary>
    public ulong NextRead { get; set; }
}

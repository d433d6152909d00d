namespace EhrLedger.Cli.Importing;

/// <summary>When a Bundle is sent. One wave is over before the next one begins, because Bundles refer to what came before, by conditional references.</summary>
internal enum ImportWave
{
    /// <summary>Organizations and locations, which practitioners belong to. One Bundle after the other.</summary>
    Hospitals,

    /// <summary>Practitioners and their roles, which patients' records name. One after the other.</summary>
    Practitioners,

    /// <summary>Any other Bundle without a Patient. One after the other.</summary>
    Directory,

    /// <summary>Bundles with a Patient; they know nothing of each other.</summary>
    Patients,
}

namespace EhrLedger.Node.Keys;

/// <summary>Where an organisation's keys lie: outside the data folder, so that no copy of the data holds them.</summary>
internal interface IKeyStore
{
    /// <summary>Null where there are none yet.</summary>
    /// <exception cref="Settings.StartupException">They are there and can't be opened.</exception>
    OrganisationKeys? Find();

    /// <summary>Keeps them, durably, in place of any that were there.</summary>
    void Keep(OrganisationKeys keys);
}

namespace EhrLedger.Node.Fhir;

/// <summary>How many own records and entries of members' directories one request may open, over all searches that it leads to. One thread at a time.</summary>
internal sealed class SearchBudget(int most)
{
    private int _left = most;

    /// <returns>False if there are not so many left.</returns>
    public bool Take(int count) => (_left -= count) >= 0;
}

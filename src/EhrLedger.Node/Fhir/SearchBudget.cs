namespace EhrLedger.Node.Fhir;

/// <summary>How many own records one request may open, over all searches that it leads to. One thread at a time.</summary>
internal sealed class SearchBudget(int most)
{
    private int _left = most;

    /// <returns>False if it is used up.</returns>
    public bool Take() => --_left >= 0;
}

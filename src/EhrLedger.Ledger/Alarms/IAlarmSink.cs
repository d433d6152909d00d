namespace EhrLedger.Ledger.Alarms;

/// <summary>Where alarms go: a node stores and shows them, a wallet shows them.</summary>
public interface IAlarmSink
{
    /// <summary>Never throws and never blocks for long.</summary>
    /// <param name="kind">What.</param>
    /// <param name="detail">Ids, sizes and indices only: no key, no health data.</param>
    void Raise(AlarmKind kind, string detail);
}

using EhrLedger.Ledger.Alarms;

namespace Quickstart;

/// <summary>What the wallet cries about goes to the console.</summary>
internal sealed class WalletAlarms : IAlarmSink
{
    public void Raise(AlarmKind kind, string detail) => Console.WriteLine($"   ! the wallet raises {kind}: {detail}");
}

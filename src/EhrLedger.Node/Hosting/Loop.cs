namespace EhrLedger.Node.Hosting;

/// <summary>Remembers that a loop broke, for the exit code.</summary>
internal sealed class LoopFailure
{
    /// <summary>Whether any loop broke.</summary>
    public bool HasFailed { get; set; }
}

/// <summary>A loop in the background. If it breaks, the node says so and stops: a node that limps on without one of its loops would look well and not be.</summary>
/// <param name="name">For the message.</param>
/// <param name="run">Ends when cancelled.</param>
/// <param name="lifetime">Stopped with it.</param>
/// <param name="failure">Told.</param>
/// <param name="log">Told.</param>
internal sealed partial class Loop(string name, Func<CancellationToken, Task> run, IHostApplicationLifetime lifetime, LoopFailure failure, ILogger log) : BackgroundService
{
    /// <summary>Adds a loop over something that is registered already.</summary>
    public static void Add<T>(IServiceCollection services, string name, Func<T, CancellationToken, Task> run)
        where T : notnull => services.AddSingleton<IHostedService>(provider => new Loop(
            name,
            token => run(provider.GetRequiredService<T>(), token),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<LoopFailure>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("EhrLedger")));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Run(() => run(stoppingToken), stoppingToken).ConfigureAwait(false);
            if (!stoppingToken.IsCancellationRequested)
            {
                throw new InvalidOperationException("It ended by itself.");
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }
#pragma warning disable CA1031 // Whatever broke it, the answer is the same.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            Broke(log, name, new Fault(broken));
            failure.HasFailed = true;
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The {Name} broke; the node stops: {What}")]
    private static partial void Broke(ILogger logger, string name, Fault what);
}

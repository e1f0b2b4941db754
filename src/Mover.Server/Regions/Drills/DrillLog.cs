namespace Mover.Server.Regions.Drills;

/// <summary>
/// Takes the log of a drill's scratch control plane, so that nobody takes it for the standby's own; keeps the first error. Thread-safe.
/// </summary>
internal sealed class DrillLog : ILoggerProvider, ILogger
{
    private string? _first;

    /// <summary>The first error; null for none.</summary>
    public string? First => Volatile.Read(ref _first);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Interlocked.CompareExchange(ref _first, $"{formatter(state, exception)} {exception?.Message}".TrimEnd(), null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

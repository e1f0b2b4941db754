using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mover.Server.Tests;

/// <summary>Keeps every line that a server logs.</summary>
public sealed class RecordingLoggers : ILoggerProvider
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _news = new(0);

    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(this);

    public void Dispose() => _news.Dispose();

    /// <summary>The first line that holds the text, once it is there.</summary>
    public async Task<string> WaitForAsync(string text)
    {
        using var limit = new CancellationTokenSource(WaitMax);
        while (true)
        {
            if (Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await _news.WaitAsync(limit.Token);
        }
    }

    private sealed class Recorder(RecordingLoggers all) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            all.Lines.Enqueue($"{formatter(state, exception)} {exception}");
            all._news.Release();
        }
    }
}

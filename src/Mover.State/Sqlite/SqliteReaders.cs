using System.Threading.Channels;

namespace Mover.State.Sqlite;

/// <summary>A small pool of reading connections; callers beyond its size wait.</summary>
internal sealed class SqliteReaders : IAsyncDisposable
{
    private readonly Channel<int> _idle = Channel.CreateUnbounded<int>();
    private readonly SqliteReader[] _readers;
    private readonly string _path;

    public SqliteReaders(SqliteFile file, SqliteStateOptions options)
    {
        _path = options.Path;
        _readers = [.. Enumerable.Range(0, Math.Max(1, options.Readers)).Select(_ => new SqliteReader(file.Connect()))];
        for (var at = 0; at < _readers.Length; at++)
        {
            _idle.Writer.TryWrite(at);
        }
    }

    public async ValueTask<T> ReadAsync<T>(Func<SqliteReader, T> read, CancellationToken cancel)
    {
        var reader = await RentAsync(cancel);
        try
        {
            return read(_readers[reader]);
        }
        finally
        {
            _idle.Writer.TryWrite(reader);
        }
    }

    /// <summary>Waits for the reads in progress and closes the connections; who waits or comes later is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var _ in _readers)
        {
            _readers[await _idle.Reader.ReadAsync()].Dispose();
        }

        _idle.Writer.Complete();
    }

    private async ValueTask<int> RentAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            return _idle.Reader.TryRead(out var reader) ? reader : await _idle.Reader.ReadAsync(cancel);
        }
        catch (ChannelClosedException closed)
        {
            throw SqliteFaults.Closed(_path, closed);
        }
    }
}

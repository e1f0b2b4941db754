using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>
/// The log in a file of its own, mode 0600: when it has <see cref="FileBytesMax"/> it becomes <c>FILE.1</c>, which becomes <c>FILE.2</c>,
/// and so on; <see cref="FilesMax"/> are kept with the current one. Thread-safe.
/// </summary>
internal sealed class LogFile : ILoggerProvider, ISupportExternalScope
{
    /// <summary>The size at which a new file is begun.</summary>
    public const long FileBytesMax = 16 * 1024 * 1024;

    /// <summary>Files kept, the current one counted.</summary>
    public const int FilesMax = 5;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly long _bytesMax;
    private readonly ConsoleFormatter _formatter;
    private IExternalScopeProvider? _scopes;
    private FileStream _file;

    public LogFile(string path, ConsoleFormatter formatter, long bytesMax = FileBytesMax)
    {
        (_path, _formatter, _bytesMax) = (Path.GetFullPath(path), formatter, bytesMax);
        _file = Open();
    }

    /// <summary>Tells at the start of the program that a file cannot be written.</summary>
    public static void Check(string path)
    {
        try
        {
            Open(Path.GetFullPath(path)).Dispose();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"Cannot write the log file '{path}': {fault.Message}");
        }
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    private void Write<T>(in LogEntry<T> entry)
    {
        using var line = new StringWriter();
        _formatter.Write(entry, _scopes, line);
        var bytes = Encoding.UTF8.GetBytes(line.ToString());
        lock (_gate)
        {
            try
            {
                if (!_file.CanWrite)
                {
                    // It could not be opened after the last change of files.
                    _file = Open();
                }

                if (_file.Length > 0 && _file.Length + bytes.Length > _bytesMax)
                {
                    Rotate();
                }

                _file.Write(bytes);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A log that cannot be written must not end the service.
            }
        }
    }

    private void Rotate()
    {
        _file.Dispose();
        for (var number = FilesMax - 1; number >= 1; number--)
        {
            var from = number == 1 ? _path : $"{_path}.{number - 1}";
            if (File.Exists(from))
            {
                File.Move(from, $"{_path}.{number}", overwrite: true);
            }
        }

        _file = Open();
    }

    private FileStream Open() => Open(_path);

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new(path, options);
    }

    private sealed class Category(LogFile file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => file._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter));
    }
}

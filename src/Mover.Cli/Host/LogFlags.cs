using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>Where the log of a verb goes: to stderr or a file, one line an event with its time in UTC, as text or JSON.</summary>
/// <param name="fallback">The level when none is named.</param>
internal sealed class LogFlags(LogLevel fallback = LogLevel.Information)
{
    private const string Text = "text";
    private const string Json = "json";

    private readonly Option<LogLevel> _level = new("--log-level")
    {
        Description = "Minimum log level: Debug, Information, Warning, Error or None.",
        DefaultValueFactory = _ => fallback,
        HelpName = "level",
    };
    private readonly Option<string?> _format = new("--log-format")
    {
        Description = "Log format: text or json, one line or object per event; text by default.",
        HelpName = "format",
    };
    private readonly Option<bool> _json = new("--log-json") { Description = "Same as --log-format json." };
    private readonly Option<string?> _file = new("--log-file")
    {
        Description = "Log to this file instead of stderr; "
            + $"{LogFile.FilesMax} files of {LogFile.FileBytesMax / 1024 / 1024} MiB each are kept.",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(_level);
        command.Add(_format);
        command.Add(_json);
        command.Add(_file);
    }

    /// <summary>Makes loggers for verbs that have no host; with None nothing is set up, because starting fast matters there.</summary>
    public ILoggerFactory CreateFactory(ParseResult parsed) =>
        parsed.GetValue(_level) is LogLevel.None ? NullLoggerFactory.Instance : LoggerFactory.Create(Read(parsed));

    public Action<ILoggingBuilder> Read(ParseResult parsed)
    {
        var (level, isJson, file) = (parsed.GetValue(_level), IsJson(parsed), parsed.GetValue(_file));
        if (file is not null)
        {
            LogFile.Check(file);
        }

        return logging =>
        {
            logging.SetMinimumLevel(level);
            logging.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            _ = isJson
                ? logging.AddJsonConsole(console =>
                {
                    console.UseUtcTimestamp = true;
                    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
                })
                : logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.UseUtcTimestamp = true;
                    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                    console.ColorBehavior = file is null ? LoggerColorBehavior.Default : LoggerColorBehavior.Disabled;
                });
            if (file is not null)
            {
                // The console's formatters write the file's lines; its own writer is not wanted.
                logging.Services.RemoveAll<ILoggerProvider>();
                var formatter = isJson ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
                logging.Services.AddSingleton<ILoggerProvider>(
                    all => new LogFile(file, all.GetServices<ConsoleFormatter>().First(f => f.Name == formatter)));
            }
        };
    }

    private bool IsJson(ParseResult parsed) => parsed.GetValue(_format) switch
    {
        null => parsed.GetValue(_json),
        Text => false,
        Json => true,
        var other => throw CliException.Usage($"Unknown log format '{other}'.", $"Use {Text} or {Json}."),
    };
}

using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Mover.Cli.Host;

/// <summary>Where the log of a verb goes: to stderr, one line an event, as text or JSON.</summary>
/// <param name="fallback">The level when none is named.</param>
internal sealed class LogFlags(LogLevel fallback = LogLevel.Information)
{
    private readonly Option<LogLevel> _level = new("--log-level")
    {
        Description = $"Least level that is logged: Debug, Information, Warning, Error or None; {fallback} when left out.",
        DefaultValueFactory = _ => fallback,
        HelpName = "level",
    };
    private readonly Option<bool> _json = new("--log-json") { Description = "Log as JSON, one object a line." };

    public void AddTo(Command command)
    {
        command.Add(_level);
        command.Add(_json);
    }

    /// <summary>Makes loggers for verbs that have no host; with None nothing is set up, because starting fast matters there.</summary>
    public ILoggerFactory CreateFactory(ParseResult parsed) =>
        parsed.GetValue(_level) is LogLevel.None ? NullLoggerFactory.Instance : LoggerFactory.Create(Read(parsed));

    public Action<ILoggingBuilder> Read(ParseResult parsed)
    {
        var (level, json) = (parsed.GetValue(_level), parsed.GetValue(_json));
        return logging =>
        {
            logging.SetMinimumLevel(level);
            logging.AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning);
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            _ = json
                ? logging.AddJsonConsole(console => console.UseUtcTimestamp = true)
                : logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.UseUtcTimestamp = true;
                    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                });
        };
    }
}

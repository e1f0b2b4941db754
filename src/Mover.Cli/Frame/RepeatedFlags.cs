using System.CommandLine;
using Mover.Recovery.Status;

namespace Mover.Cli.Frame;

/// <summary>Flags of a command line as text for another one: each with a blank before it, quoted for a shell.</summary>
internal static class RepeatedFlags
{
    /// <summary>Those of the options that were given; defaults and the environment are not.</summary>
    public static string Of(ParseResult parsed, IEnumerable<Option> options) =>
        string.Concat(options.SelectMany(option => Words(parsed, option)).Select(word => " " + ShellText.Of(word)));

    private static IEnumerable<string> Words(ParseResult parsed, Option option) =>
        parsed.GetResult(option) is not { Implicit: false } given ? []
            : given.Tokens.Count == 0 ? [option.Name]
            : given.Tokens.SelectMany(token => new[] { option.Name, token.Value });
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mover.Cli.Frame;

/// <summary>What is wrong with a command line, in an operator's words.</summary>
internal static class UsageErrors
{
    // What these name is somewhere; an empty one is a variable that was not set.
    private static readonly string[] Places = ["folder", "file", "url", "region"];

    /// <summary>Each problem once, a sentence; empty when the command line can be carried out.</summary>
    public static List<string> Of(ParseResult parsed) =>
        [.. parsed.Errors.Select(Told).Concat(EmptyPlaces(parsed)).Distinct(StringComparer.Ordinal)];

    // The parser names the type of this program that it wanted.
    private static string Told(ParseError error) =>
        error.SymbolResult is OptionResult { Option: var option, Tokens: [.., var given] }
        && error.Message.Contains(option.ValueType.ToString(), StringComparison.Ordinal)
            ? $"'{given.Value}' is not a valid value for {option.Name}{Wanted(option)}."
            : error.Message;

    private static string Wanted(Option option)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type == typeof(int) || type == typeof(long) ? ", which takes a whole number"
            : type.IsEnum ? $"; use one of {string.Join(", ", Enum.GetNames(type))}"
            : string.Empty;
    }

    private static IEnumerable<string> EmptyPlaces(ParseResult parsed)
    {
        foreach (var child in parsed.CommandResult.Children)
        {
            var name = child switch
            {
                OptionResult { Option: var option } when Places.Contains(option.HelpName, StringComparer.Ordinal) => option.Name,
                ArgumentResult { Argument: var argument } when Places.Contains(argument.Name, StringComparer.Ordinal) => argument.Name,
                _ => null,
            };
            if (name is not null && child.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                yield return $"'{name}' is empty.";
            }
        }
    }
}

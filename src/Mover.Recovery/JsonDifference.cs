using System.Text.Json.Nodes;
using Mover.Recovery.Rules;

namespace Mover.Recovery;

/// <summary>One place at which two documents differ.</summary>
/// <param name="Path">JSON pointer of the place.</param>
/// <param name="Before">What was there; null when nothing or the JSON <c>null</c> was.</param>
/// <param name="After">What is there.</param>
public sealed record JsonDifference(string Path, JsonNode? Before, JsonNode? After)
{
    /// <summary>
    /// Where two objects differ, in the order of the first one's members and then of the second's. Objects are compared member by member,
    /// everything else as a whole.
    /// </summary>
    public static IEnumerable<JsonDifference> Between(JsonObject before, JsonObject after, string path = "")
    {
        foreach (var (name, old) in before)
        {
            var place = $"{path}/{JsonPointer.Escaped(name)}";
            var now = after[name];
            if (old is JsonObject inner && now is JsonObject other)
            {
                foreach (var difference in Between(inner, other, place))
                {
                    yield return difference;
                }
            }
            else if (!JsonNode.DeepEquals(old, now))
            {
                yield return new(place, old?.DeepClone(), now?.DeepClone());
            }
        }

        foreach (var (name, now) in after)
        {
            if (now is not null && !before.ContainsKey(name))
            {
                yield return new($"{path}/{JsonPointer.Escaped(name)}", null, now.DeepClone());
            }
        }
    }
}

using System.Text;

namespace Mover.State.Tests.Contract;

/// <summary>The store as a sorted dictionary: slow, forgetful, and plainly right.</summary>
internal sealed class StateModel
{
    private static readonly Comparer<string> ByBytes = Comparer<string>.Create(
        (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    private readonly SortedDictionary<string, string> _entries = new(ByBytes);
    private long _revision;

    /// <summary>Every change as <c>revision key=value</c> or <c>revision key gone</c>.</summary>
    public List<string> Changes { get; } = [];

    public static string RandomKey(Random random) => RandomText(random, random.Next(1, 4));

    public static string RandomText(Random random, int length)
    {
        string[] letters = ["a", "b", "/", "é", "😀", "\uffff", "0"];
        return string.Concat(Enumerable.Range(0, length).Select(_ => letters[random.Next(letters.Length)]));
    }

    public static IEnumerable<string> RandomKeys(Random random, int count) =>
        Enumerable.Range(0, count).Select(_ => RandomKey(random)).Distinct(StringComparer.Ordinal).ToList();

    public string? Get(string key) => _entries.GetValueOrDefault(key);

    public IEnumerable<string> List(string prefix, string? after, int limit) => _entries.Keys
        .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && (after is null || ByBytes.Compare(key, after) > 0))
        .Take(limit);

    public void Apply(IReadOnlyList<StateWrite> writes)
    {
        var changes = writes.Where(write => write.Value is not null || _entries.ContainsKey(write.Key)).ToList();
        _revision += changes.Count > 0 ? 1 : 0;
        foreach (var (key, value, _) in changes)
        {
            if (value is { } bytes)
            {
                _entries[key] = Encoding.UTF8.GetString(bytes.Span);
                Changes.Add($"{_revision} {key}={_entries[key]}");
            }
            else
            {
                _entries.Remove(key);
                Changes.Add($"{_revision} {key} gone");
            }
        }
    }
}

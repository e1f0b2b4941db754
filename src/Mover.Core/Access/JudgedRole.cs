using System.Collections.Concurrent;

namespace Mover.Core.Access;

/// <summary>
/// A role made ready for judging requests: what its patterns say is worked out once. Safe for concurrent use. The answers that it keeps
/// are those to the routes' own actions, which are few.
/// </summary>
public sealed class JudgedRole(RoleDefinition role)
{
    // A role that is asked more than this is asked by pattern each time.
    private const int AnswersMax = 128;

    private readonly (Actions Given, Actions Taken, Actions GivenData, Actions TakenData)[] _permissions =
    [
        .. role.Permissions.Select(p => (
            new Actions(p.Actions), new Actions(p.NotActions), new Actions(p.DataActions), new Actions(p.NotDataActions))),
    ];

    private readonly ScopeSet _assignable = new(role.AssignableScopes);
    private readonly ConcurrentDictionary<(string Action, bool IsData), bool> _answers = new();

    /// <summary>The role.</summary>
    public RoleDefinition Role => role;

    /// <summary>True when it may be assigned at the scope.</summary>
    public bool IsAssignableAt(string scope) => _assignable.Encloses(scope);

    /// <summary>True when it may be assigned at the scope or somewhere below it, because it says so.</summary>
    public bool IsAssignableBelow(string scope) => _assignable.LiesBelow(scope);

    /// <summary>True when one of its permissions gives the action and does not take it away again.</summary>
    public bool Allows(string action, bool isData)
    {
        if (_answers.TryGetValue((action, isData), out var known))
        {
            return known;
        }

        var answer = Array.Exists(_permissions, p => isData
            ? p.GivenData.Hold(action) && !p.TakenData.Hold(action)
            : p.Given.Hold(action) && !p.Taken.Hold(action));
        if (_answers.Count < AnswersMax)
        {
            _answers[(action, isData)] = answer;
        }

        return answer;
    }

    // Whole actions are looked up; only patterns with a star are tried one after the other.
    private sealed class Actions
    {
        private readonly HashSet<string> _whole = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<string> _patterns = [];

        public Actions(IEnumerable<string> texts)
        {
            foreach (var text in texts)
            {
                if (text.Contains('*', StringComparison.Ordinal))
                {
                    _patterns.Add(WithoutRuns(text));
                }
                else
                {
                    _whole.Add(text);
                }
            }
        }

        public bool Hold(string action) =>
            _whole.Contains(action) || _patterns.Exists(pattern => ActionPattern.Matches(pattern, action));

        // Roles that were made before runs were refused may have them.
        private static string WithoutRuns(string pattern)
        {
            while (pattern.Contains(ActionPattern.StarRun, StringComparison.Ordinal))
            {
                pattern = pattern.Replace(ActionPattern.StarRun, "*", StringComparison.Ordinal);
            }

            return pattern;
        }
    }
}

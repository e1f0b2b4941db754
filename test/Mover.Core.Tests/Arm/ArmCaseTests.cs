using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Tests.Arm;

/// <summary>Ids, names and keys fold case in one way, and names hold nothing that is not seen.</summary>
public sealed class ArmCaseTests
{
    public static TheoryData<string> Names =>
    [
        "/subscriptions/s/resourceGroups/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/agents/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/connections/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/projects/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/{0}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{0}",
    ];

    [Fact]
    public void Every_character_folds_alike_in_keys_comparisons_and_scopes()
    {
        for (var c = '\u0021'; c < '\uD800'; c++)
        {
            foreach (var other in new[] { char.ToLowerInvariant(c), char.ToUpperInvariant(c), 'k', 's', 'i' })
            {
                if (c != '/' && other != '/' && !char.IsControl(c) && !char.IsWhiteSpace(c) && !char.IsWhiteSpace(other))
                {
                    var (one, two) = (IdOf(c), IdOf(other));
                    var isSame = one.Key == two.Key;
                    Assert.True(isSame == (one == two), $"U+{(int)c:X4} and U+{(int)other:X4} compare");
                    Assert.True(isSame == ArmAction.Encloses(one.Text, two.Text), $"U+{(int)c:X4} and U+{(int)other:X4} enclose");
                    Assert.True(!isSame || one.GetHashCode() == two.GetHashCode(), $"U+{(int)c:X4} and U+{(int)other:X4} hash");
                }
            }
        }
    }

    [Fact]
    public void The_kelvin_sign_is_not_a_k()
    {
        Assert.NotEqual(IdOf('k').Key, IdOf('\u212A').Key);
        Assert.Equal(IdOf('k'), IdOf('K'));
        Assert.Equal(IdOf('k').Key, IdOf('K').Key);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_with_a_character_that_is_not_seen_is_refused_wherever_it_stands(string pattern)
    {
        foreach (var hidden in "\n\r\t\0\u0085\u2028\u200B\uFEFF ")
        {
            foreach (var name in new[] { $"name{hidden}", $"{hidden}name", $"na{hidden}me" })
            {
                var isRefused = !ResourceId.TryParse(pattern.Replace("{0}", name, StringComparison.Ordinal), out var id)
                    || ResourceNames.Check(id) is not null;
                Assert.True(isRefused, $"U+{(int)hidden:X4} in {pattern}");
            }
        }
    }

    private static ResourceId IdOf(char c)
    {
        Assert.True(ResourceId.TryParse($"/subscriptions/s/resourceGroups/g{c}", out var id), $"U+{(int)c:X4}");
        return id;
    }
}

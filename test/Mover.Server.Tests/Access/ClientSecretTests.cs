using Mover.Server.Identity;

namespace Mover.Server.Tests.Access;

public sealed class ClientSecretTests
{
    [Fact]
    public void No_secret_can_be_taken_for_an_option_of_a_command()
    {
        var secrets = Enumerable.Range(0, 4000).Select(_ => ClientSecrets.Make().Reveal()).ToList();

        Assert.DoesNotContain(secrets, secret => secret.StartsWith('-'));
        Assert.Equal(secrets.Count, secrets.Distinct(StringComparer.Ordinal).Count());
    }
}

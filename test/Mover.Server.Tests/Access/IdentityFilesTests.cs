using Mover.Server.Access;
using Mover.Server.Tls;
using Mover.Server.Vault;

namespace Mover.Server.Tests.Access;

public sealed class IdentityFilesTests : IDisposable
{
    private const int OwnerOnly = 0b110_000_000;
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void The_first_start_makes_an_administrator_and_a_key_that_later_starts_keep()
    {
        var administrator = new IdentityFiles(_data.Path).OpenAdministrator();
        var key = new IdentityFiles(_data.Path).OpenSigningKey();

        var again = new IdentityFiles(_data.Path);

        Assert.Equal(administrator.TenantId, again.OpenAdministrator().TenantId);
        Assert.Equal(administrator.ClientSecret.Reveal(), again.OpenAdministrator().ClientSecret.Reveal());
        Assert.Equal(key.KeyId, again.OpenSigningKey().KeyId);
    }

    [Fact]
    public void Both_files_are_their_owners_only()
    {
        new IdentityFiles(_data.Path).OpenAdministrator();
        new IdentityFiles(_data.Path).OpenSigningKey();

        Assert.Equal((OwnerOnly, OwnerOnly), (Mode("administrator.json"), Mode("signing.key")));

        int Mode(string name) => OperatingSystem.IsWindows() ? OwnerOnly : (int)File.GetUnixFileMode(_data.At("access", name));
    }

    [Theory]
    [InlineData("access/administrator.json", UnixFileMode.GroupRead)]
    [InlineData("access/signing.key", UnixFileMode.OtherRead)]
    [InlineData("access/signing.key", UnixFileMode.OtherWrite)]
    [InlineData("tls/ca.key", UnixFileMode.OtherRead)]
    [InlineData("vault/0001-*.key", UnixFileMode.GroupRead)]
    public void A_key_that_other_users_can_reach_stops_the_start_and_the_command_that_mends_it_is_told(string name, UnixFileMode open)
    {
        OpenAll();
        var file = Directory.GetFiles(_data.At(Path.GetDirectoryName(name)!), Path.GetFileName(name)).Single();
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | open);

        var fault = Assert.Throws<DataFolderException>(OpenAll);

        Assert.Equal(file, fault.FilePath);
        Assert.Contains($"chmod 600 '{file}'", fault.Message, StringComparison.Ordinal);

        void OpenAll()
        {
            new IdentityFiles(_data.Path).OpenAdministrator();
            new IdentityFiles(_data.Path).OpenSigningKey();
            _ = new VaultKeys(_data.Path).Current;
            new TlsFiles(_data.Path).OpenAuthority(TimeProvider.System.GetUtcNow()).Dispose();
        }
    }

    [Theory]
    [InlineData("administrator.json", "{")]
    [InlineData("administrator.json", "[]")]
    [InlineData("administrator.json", """{"tenantId":"x"}""")]
    [InlineData("signing.key", "broken")]
    public void A_broken_file_stops_the_start_and_is_named(string name, string content)
    {
        var files = new IdentityFiles(_data.Path);
        files.OpenAdministrator();
        files.OpenSigningKey();
        File.WriteAllText(_data.At("access", name), content);

        var fault = Assert.Throws<DataFolderException>(() => AdministratorToken.Create(_data.Path, TimeProvider.System));

        Assert.Equal(_data.At("access", name), fault.FilePath);
        Assert.Contains("restore it from a backup", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_for_a_folder_that_no_server_used_is_refused_and_says_what_to_do()
    {
        var fault = Assert.Throws<DataFolderException>(() => AdministratorToken.Create(_data.Path, TimeProvider.System));

        Assert.Contains("mover server", fault.Message, StringComparison.Ordinal);
    }
}

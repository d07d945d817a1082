#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "engine/worker/process.h"
#include "io/child_process.h"
#include "load_command.h"
#include "server/app/config.h"
#include "server/app/serve.h"
#include "server/app/settings_source.h"
#include "server/app/token_command.h"

// The composition root: one executable, two roles of a server, which starts its media workers as
// `kcs-meet worker`, and its tools.
namespace {

int Complain(const std::string& problem) {
  std::fprintf(stderr, "kcs-meet: %s\n", problem.c_str());
  return 1;
}

int RunServer() {
  const auto config = kcs::app::ReadConfig();
  return config ? kcs::app::Serve(*config) : Complain(config.error());
}

int RunWorker() {
  // A worker does not outlive its server, however that ends.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return kcs::worker_process::RunWorker(kcs::io::ChildProcess::kInheritedFd);
}

int PrintToken(const kcs::app::TokenOptions& options) {
  const auto config = kcs::app::ReadConfig();
  if (!config) return Complain(config.error());
  const auto token = kcs::app::MakeToken(*config, options);
  if (!token) return Complain(token.error());
  std::printf("%s\n", token->c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("KCS Meet: a WebRTC meeting server", "kcs-meet");
  app.require_subcommand(1);
  app.set_version_flag("--version", KCS_VERSION);

  CLI::App* const serve = app.add_subcommand("serve", "Run the server");
  serve->footer(kcs::app::SettingsText());
  CLI::App* const worker = app.add_subcommand("worker", "Run a media worker; the server starts it");
  worker->group("");

  kcs::app::TokenOptions options;
  CLI::App* const token = app.add_subcommand("token", "Print a token for a user");
  token->add_option("--sub", options.user_id, "The user's id")->required();
  token->add_option("--name", options.name, "The name others see (default: the id)");
  token->add_option("--role", options.role, "What the user may do")->check(CLI::IsMember({"user", "admin"}));
  token->add_option("--expires", options.expires, "How long it is valid: 90s, 30m, 24h, 7d")
      ->capture_default_str();

  const LoadCommand load(app);

  CLI11_PARSE(app, argc, argv);
  if (serve->parsed()) return RunServer();
  if (worker->parsed()) return RunWorker();
  if (load.parsed()) return load.Run();
  return PrintToken(options);
}

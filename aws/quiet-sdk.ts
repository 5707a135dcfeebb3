// The lock file pins releases that run on Node 20. A warning about later releases does not help the user of a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
